namespace Serverless.Local.Search.Schema;

internal enum VectorMetric
{
    Cosine,
    DotProduct,
    Euclidean,
}
