namespace Serverless.Benchmarks.Retrieval;

/// <summary>A chunk as the pipeline made it.</summary>
internal sealed record Passage(string Id, string Sample, string Document, string Heading, string Text)
{
    /// <summary>What the pipeline embeds.</summary>
    public string Embedded => Heading.Length == 0 ? Text : $"{Heading}\n{Text}";
}
