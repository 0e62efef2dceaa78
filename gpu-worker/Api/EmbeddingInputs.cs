using Serverless.GpuWorker.Embedding;

namespace Serverless.GpuWorker.Api;

/// <summary>What may be embedded.</summary>
internal static class EmbeddingInputs
{
    /// <param name="nameOf">The field of the i-th text.</param>
    /// <param name="listName">The field of all.</param>
    /// <exception cref="ApiException">400, naming the text.</exception>
    public static void Validate(IReadOnlyList<EmbeddingInput> inputs, Func<int, string> nameOf, string listName)
    {
        if (inputs.Count is < 1 or > ApiLimits.EmbeddingInputs) throw ApiErrors.Invalid(listName, $"{listName} must have from 1 to {ApiLimits.EmbeddingInputs} texts.");
        for (var i = 0; i < inputs.Count; i++)
        {
            if (string.IsNullOrWhiteSpace(inputs[i].Text)) throw ApiErrors.Invalid(nameOf(i), $"{nameOf(i)} must not be empty.");
        }
    }
}
