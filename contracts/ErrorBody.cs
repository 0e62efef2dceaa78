namespace Serverless.Contracts;

/// <summary>The body of every error: OpenAI's shape. It never holds a stack trace, a key or a prompt.</summary>
public sealed record ErrorBody(ErrorDetail Error)
{
    /// <summary><c>error</c> where Anthropic's shape is imitated; null elsewhere.</summary>
    public string? Type { get; init; }
}
