using System.Reflection;

namespace Serverless.Functions.Evaluation.Questions;

/// <summary>The question sets of <c>samples/</c>, which the app carries along.</summary>
public static class SampleQuestions
{
    private const string Prefix = "questions/";
    private const string Suffix = "/questions.jsonl";
    private static readonly Assembly Carrier = typeof(SampleQuestions).Assembly;

    /// <summary>Their names, in order.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. Carrier.GetManifestResourceNames().Select(name => name.Replace('\\', '/'))
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(Suffix, StringComparison.Ordinal))
            .Select(name => name[Prefix.Length..^Suffix.Length]).Order(StringComparer.Ordinal),
    ];

    /// <summary>JSON lines; null when there is no such sample.</summary>
    public static ReadOnlyMemory<byte>? Find(string name)
    {
        if (!Names.Contains(name, StringComparer.Ordinal)) return null;
        var resource = Carrier.GetManifestResourceNames().Single(found => found.Replace('\\', '/') == Prefix + name + Suffix);
        using var stream = Carrier.GetManifestResourceStream(resource)!;
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }
}
