namespace Serverless.Functions.Retrieval.Filters;

/// <summary>How a metadata value compares with a filter's: numbers as numbers, strings by code unit.</summary>
public enum MetadataOperator
{
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}
