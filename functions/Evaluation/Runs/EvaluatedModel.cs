namespace Serverless.Functions.Evaluation.Runs;

/// <summary>A model that a run goes to.</summary>
/// <param name="Role"><c>embeddings</c> or <c>answers</c>.</param>
/// <param name="Reference">The route, <c>name@version</c>.</param>
/// <param name="IsPinned">Whether this version is what the run asked for; otherwise it is the one that was current when the run began.</param>
public sealed record EvaluatedModel(string Role, string Reference, string Provider, string Model, bool IsPinned)
{
    /// <summary>The route without its version.</summary>
    public string Route => Reference.Split('@')[0];
}
