"""Features: Dask sums up the clean calls, customer by customer.

    features.py TARGET SOURCE
"""

import sys

import dask
import dask.dataframe

dask.config.set(scheduler="synchronous")
target, source = sys.argv[1:]
calls = dask.dataframe.read_parquet(
    f"{source}/*.parquet", columns=["customer", "minutes", "calls", "complaints", "left"])
features = calls.groupby("customer").agg(
    {"minutes": "mean", "calls": "sum", "complaints": "sum", "left": "max"}).reset_index().repartition(npartitions=2)
features.to_parquet(target, write_index=False, write_metadata_file=False)
print(f"features of {len(features)} customers")
