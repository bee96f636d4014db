"""Train: logistic regression by gradient descent, with three checkpoints on the way and the model at the end.

    train.py MODEL SOURCE

The same features give the same bytes.
"""

import io
import json
import sys

import numpy
import pandas
import s3fs

STEPS, CHECKPOINT_EACH, RATE = 300, 100, 0.5

model, source = (address.removeprefix("s3://") for address in sys.argv[1:])
files = s3fs.S3FileSystem()
parts = [pandas.read_parquet(io.BytesIO(files.cat(name))) for name in sorted(files.glob(f"{source}/*.parquet"))]
table = pandas.concat(parts).sort_values("customer")
inputs = table[["minutes", "calls", "complaints"]].to_numpy(dtype=float)
mean, spread = inputs.mean(axis=0), inputs.std(axis=0)
inputs = numpy.hstack([(inputs - mean) / spread, numpy.ones((len(inputs), 1))])
truth = table["left"].to_numpy(dtype=float)

weights = numpy.zeros(inputs.shape[1])
for step in range(1, STEPS + 1):
    guess = 1 / (1 + numpy.exp(-inputs @ weights))
    weights -= RATE * inputs.T @ (guess - truth) / len(truth)
    if step % CHECKPOINT_EACH == 0:
        buffer = io.BytesIO()
        numpy.save(buffer, weights)
        files.pipe_file(f"{model.rpartition('/')[0]}/checkpoints/step-{step:04}.npy", buffer.getvalue())

right = float(((inputs @ weights > 0) == truth).mean())
files.pipe_file(model, json.dumps({"weights": weights.tolist(), "mean": mean.tolist(), "spread": spread.tolist(),
                                   "accuracy": right}).encode())
print(f"trained on {len(truth)} customers: {right:.1%} right")
