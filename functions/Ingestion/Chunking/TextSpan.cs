namespace Serverless.Functions.Ingestion.Chunking;

/// <summary>A stretch of text: [Start, End) in UTF-16 code units.</summary>
internal readonly record struct TextSpan(int Start, int End)
{
    public int Length => End - Start;

    public string Of(string text) => text[Start..End];
}
