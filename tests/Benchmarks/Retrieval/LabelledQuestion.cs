using System.Text.Json;
using Serverless.EndToEnd.Tests;

namespace Serverless.Benchmarks.Retrieval;

/// <summary>A line of samples/*/questions.jsonl.</summary>
/// <param name="Kind"><c>verbatim</c> (in the passage's words), <c>paraphrase</c> (in others) or <c>unanswerable</c>.</param>
/// <param name="Document">Where the answer stands; null for the unanswerable.</param>
/// <param name="Section">The heading above it, where there is one.</param>
/// <param name="Expect">A text of the passage, which an answer must hold.</param>
internal sealed record LabelledQuestion(string Sample, string Question, string Kind, string? Document, string? Section, string? Expect)
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    /// <summary>All questions of all samples.</summary>
    public static IReadOnlyList<LabelledQuestion> ReadAll() =>
        [.. Directory.GetFiles(Path.Combine(LocalStack.RepositoryRoot, "samples"), "questions.jsonl", SearchOption.AllDirectories).Order(StringComparer.Ordinal).SelectMany(file => Read(file, Path.GetFileName(Path.GetDirectoryName(file)!)))];

    /// <summary>Whether a passage answers it.</summary>
    public bool IsAnsweredBy(Passage passage) => passage.Sample == Sample && passage.Document == Document && passage.Text.Contains(Expect!, StringComparison.Ordinal);

    /// <summary>The questions of a file, about one collection.</summary>
    public static IEnumerable<LabelledQuestion> Read(string file, string sample) =>
        File.ReadLines(file).Select(line => JsonSerializer.Deserialize<LabelledQuestion>(line, Web)! with { Sample = sample });
}
