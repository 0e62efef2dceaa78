using Serverless.Contracts;

namespace Serverless.Functions.Dispatch;

/// <summary>A refusal or failure that the caller is told about, in the words of <see cref="ErrorDetail"/>; mapped to HTTP in one place.</summary>
public sealed class GatewayException(int status, ErrorDetail error, TimeSpan? retryAfter = null, Exception? innerException = null)
    : Exception(error.Message, innerException)
{
    /// <summary>The HTTP status, 400..599.</summary>
    public int Status { get; } = status;

    public ErrorDetail Error { get; } = error;

    /// <summary>When a 429 or 503 may be tried again; null where that would mend nothing.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;

    /// <summary>Of a prompt that a provider found too long: what it counted, which may be nothing. Null for whatever else.</summary>
    internal IReadOnlyList<long>? Counts { get; init; }

    /// <summary>The same in other words.</summary>
    internal GatewayException Saying(string message) => With(Error with { Message = message });

    /// <summary>The same, with another name for its field, in its message too.</summary>
    /// <param name="nameOf">What the caller calls a field.</param>
    internal GatewayException Renamed(Func<string, string> nameOf)
    {
        if (Error.Param is not { } param || nameOf(param) is var name && name == param) return this;
        return With(Error with { Param = name, Message = Error.Message.Replace(param, name, StringComparison.Ordinal) });
    }

    public static GatewayException Invalid(string param, string message, string code = "invalid_value") =>
        new(400, new ErrorDetail(code, message, "invalid_request_error", param));

    public static GatewayException NotFound(string code, string message, string? param = null) =>
        new(404, new ErrorDetail(code, message, "not_found_error", param));

    private GatewayException With(ErrorDetail error) => new(Status, error, RetryAfter) { Counts = Counts };
}
