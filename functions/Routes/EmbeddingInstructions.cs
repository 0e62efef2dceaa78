namespace Serverless.Functions.Routes;

/// <summary>What an Instructor-style model is told about a text: questions and passages are embedded with different words (instructor-embedding's README).</summary>
public sealed record EmbeddingInstructions(string Document, string Query)
{
    public static EmbeddingInstructions Default { get; } = new(
        "Represent the document for retrieval: ",
        "Represent the question for retrieving supporting documents: ");
}
