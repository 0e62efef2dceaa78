using System.Net;

namespace Serverless.Contracts.SignalR;

/// <summary>The SignalR Service refused a request or could not be reached. The message never contains what was sent.</summary>
public sealed class SignalRRequestException : Exception
{
    /// <param name="status">Null: no answer came.</param>
    /// <param name="retryAfter">What the service asked to wait.</param>
    public SignalRRequestException(string message, HttpStatusCode? status, TimeSpan? retryAfter = null, Exception? innerException = null)
        : base(message, innerException)
    {
        Status = status;
        RetryAfter = retryAfter;
    }

    public HttpStatusCode? Status { get; }

    public TimeSpan? RetryAfter { get; }

    /// <summary>Whether the same request may succeed later.</summary>
    public bool IsTransient => Status is null or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError;
}
