namespace Serverless.Functions.Providers;

/// <summary>Which names of tools a service takes: all take ASCII letters, digits and <c>_</c>.</summary>
/// <param name="MaxLength">Characters.</param>
/// <param name="TakesHyphens">Whether <c>-</c> may be in a name.</param>
/// <param name="TakesAnyFirst">Whether a name may begin with a digit or a hyphen.</param>
internal sealed record ToolNameRule(int MaxLength, bool TakesHyphens = true, bool TakesAnyFirst = true)
{
    /// <summary>OpenAI's, Bedrock's, and that of what speaks OpenAI's wire: <c>^[a-zA-Z0-9_-]{1,64}$</c>.</summary>
    public static readonly ToolNameRule Common = new(64);

    /// <summary><c>^[a-zA-Z0-9_-]{1,128}$</c>.</summary>
    public static readonly ToolNameRule Anthropic = new(128);

    /// <summary>"Must start with a letter or an underscore", and 64 of the common characters.</summary>
    public static readonly ToolNameRule Gemini = new(64, TakesAnyFirst: false);

    /// <summary>Letters, digits and <c>_</c>, of which a digit is not the first.</summary>
    public static readonly ToolNameRule Cohere = new(64, TakesHyphens: false, TakesAnyFirst: false);

    public bool Takes(char c) => char.IsAsciiLetterOrDigit(c) || c == '_' || (TakesHyphens && c == '-');

    public bool TakesFirst(string name) => TakesAnyFirst || name is not [var first, ..] || char.IsAsciiLetter(first) || first == '_';
}
