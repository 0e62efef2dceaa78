namespace Serverless.Contracts;

/// <summary>The body of every error: OpenAI's shape. It never holds a stack trace, a key or a prompt.</summary>
public sealed record ErrorBody(ErrorDetail Error)
{
    /// <summary>
    /// Header of an error, <c>true</c>, by which a server says that the message quotes no prompt and no key: at most the names of fields, and the place in a schema that the request brought. The worker says so
    /// of all of its errors; the gateway tells its callers such a message, and no other.
    /// </summary>
    public const string QuotesNoContentHeader = "x-error-quotes-no-content";

    /// <summary><c>error</c> where Anthropic's shape is imitated; null elsewhere.</summary>
    public string? Type { get; init; }
}
