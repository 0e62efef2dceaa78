namespace Serverless.GpuWorker.Constraints;

/// <summary>What an answer is to be as a whole. Content of a request: never logged.</summary>
/// <param name="Kind">What <paramref name="Text"/> is.</param>
/// <param name="Text">A JSON schema, a regular expression of ECMA-262, a grammar in llama.cpp's notation (GBNF), or a JSON list of texts to choose from.</param>
public sealed record AnswerForm(AnswerFormKind Kind, string Text)
{
    /// <summary>Whether the answer's first token loses the space that the tokenizer puts before a text, which is then none of the answer's text.</summary>
    public bool DropsFirstSpace { get; init; }

    /// <summary>Whitespace, in ASCII, that the caller has of the answer's beginning already: the model may say it again, and it is none of the answer's text.</summary>
    public string Told { get; init; } = "";

    public static AnswerForm Schema(string text) => new(AnswerFormKind.Schema, text);

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"{Kind} [{Text.Length} chars]";
}
