//! Table plans -> DataFusion plans -> streams of tables. The only friend of DataFusion.
