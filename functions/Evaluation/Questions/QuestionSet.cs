using System.Security.Cryptography;
using System.Text.Json;
using Serverless.Contracts;

namespace Serverless.Functions.Evaluation.Questions;

/// <summary>The questions of a run, and where they came from.</summary>
/// <param name="Source"><c>inline</c>, <c>sample:{name}</c> or <c>documents/{path}</c>.</param>
public sealed record QuestionSet(string Source, IReadOnlyList<EvaluationQuestion> Questions)
{
    public const int MaxQuestions = 5000;

    /// <summary>SHA-256 over all that the questions say, hexadecimal: the same set has the same hash wherever it came from.</summary>
    public string Hash() => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(Questions, WireJson.Options)));

    /// <inheritdoc cref="EvaluationQuestion.ToString"/>
    public override string ToString() => $"{Source} [{Questions.Count} questions]";
}
