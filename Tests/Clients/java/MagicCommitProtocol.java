// Lets Spark SQL write through the committer that Hadoop chooses for the destination, such as S3A's magic committer.
//
// Spark's own protocol writes task files where only a FileOutputCommitter would put them. The class that knows better
// is in Spark's hadoop-cloud module, which PyPI's pyspark does not carry; this is the part of its job that the tests
// need. Invariant: every task file lies under the committer's work path, so nothing is visible before the job commits.

package cairn.tests;

import org.apache.hadoop.fs.Path;
import org.apache.hadoop.mapreduce.OutputCommitter;
import org.apache.hadoop.mapreduce.TaskAttemptContext;
import org.apache.hadoop.mapreduce.lib.output.PathOutputCommitter;
import org.apache.hadoop.mapreduce.lib.output.PathOutputCommitterFactory;
import org.apache.spark.internal.io.FileNameSpec;
import org.apache.spark.internal.io.HadoopMapReduceCommitProtocol;
import scala.Option;

public class MagicCommitProtocol extends HadoopMapReduceCommitProtocol {
    private final String destination;
    private transient PathOutputCommitter pathCommitter;

    public MagicCommitProtocol(String jobId, String destination, boolean dynamicPartitionOverwrite) {
        super(jobId, destination, false);
        if (dynamicPartitionOverwrite) {
            throw new UnsupportedOperationException("the magic committer cannot overwrite single partitions");
        }
        this.destination = destination;
    }

    @Override
    public OutputCommitter setupCommitter(TaskAttemptContext context) {
        try {
            pathCommitter = PathOutputCommitterFactory.createCommitter(new Path(destination), context);
        } catch (java.io.IOException error) {
            throw new java.io.UncheckedIOException(error);
        }
        return pathCommitter;
    }

    @Override
    public String newTaskTempFile(TaskAttemptContext context, Option<String> directory, FileNameSpec spec) {
        try {
            Path parent = pathCommitter.getWorkPath();
            if (directory.isDefined()) {
                parent = new Path(parent, directory.get());
            }
            return new Path(parent, getFilename(context, spec)).toString();
        } catch (java.io.IOException error) {
            throw new java.io.UncheckedIOException(error);
        }
    }
}
