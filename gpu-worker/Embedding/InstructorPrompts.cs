namespace Serverless.GpuWorker.Embedding;

/// <summary>What Instructor is told about a text when the request says only what it is (instructor-embedding's README).</summary>
internal static class InstructorPrompts
{
    public const string Document = "Represent the document for retrieval: ";
    public const string Query = "Represent the question for retrieving supporting documents: ";
}
