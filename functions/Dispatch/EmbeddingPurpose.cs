namespace Serverless.Functions.Dispatch;

/// <summary>What a vector is for: Instructor-style models embed a question and a passage with different instructions.</summary>
public enum EmbeddingPurpose
{
    Document,
    Query,
}
