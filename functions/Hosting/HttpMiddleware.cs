using System.Globalization;
using System.Reflection;
using Azure;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Logging;
using Serverless.Contracts;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Telemetry;

namespace Serverless.Functions.Hosting;

/// <summary>
/// Around every HTTP function: measures the request, and turns whatever is thrown into this project's error body. It writes to the
/// response itself, because a worker middleware has no other way that both the real integration and the local host understand.
/// </summary>
public sealed partial class HttpMiddleware(GatewayOptions options, TimeProvider time, GatewayMetrics metrics, BearerChallenge challenge, ILogger<HttpMiddleware> logger) : IFunctionsWorkerMiddleware
{
    public const string OverheadHeader = "x-gateway-overhead-ms";

    private static readonly ErrorDetail Unexpected = new("internal_error", "Something went wrong inside the gateway.", "server_error");
    private static readonly ErrorDetail Dependency = new("dependency_unavailable", "A service that the gateway stands on did not answer as it should.", "server_error");

    private readonly BodyLimit _body = new(options.MaxBodyMegabytes * 1024 * 1024);

    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(next);
        var http = context.GetHttpContext()!;
        http.Features.Set(_body);
        var timing = RequestTiming.Begin(time);
        http.Response.OnStarting(() =>
        {
            http.Response.Headers[OverheadHeader] = timing.Overhead.TotalMilliseconds.ToString("F2", CultureInfo.InvariantCulture);
            return Task.CompletedTask;
        });
        using var span = new RequestSpan(metrics, time, http, context.FunctionDefinition.Name);
        try
        {
            await next(context).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            span.Failed(await AnswerAsync(http, Unwrap(exception), context.FunctionDefinition.Name).ConfigureAwait(false));
        }
    }

    private static Exception Unwrap(Exception exception) =>
        exception is TargetInvocationException or AggregateException && exception.InnerException is { } inner ? Unwrap(inner) : exception;

    /// <returns>The error's code.</returns>
    private async Task<string> AnswerAsync(HttpContext http, Exception exception, string function)
    {
        if (http.RequestAborted.IsCancellationRequested)
        {
            LogGone(logger, function, http.TraceIdentifier);
            return "client_disconnected";
        }

        var (status, error, retryAfter) = Describe(exception);
        if (status >= 500 && exception is not GatewayException) LogFailure(logger, function, http.TraceIdentifier, NameOf(exception), exception.StackTrace);
        else if (status >= 500) LogFault(logger, function, status, error.Code, http.TraceIdentifier);
        else LogRefusal(logger, function, status, error.Code, http.TraceIdentifier);
        if (http.Response.HasStarted)
        {
            // Half an answer must not look like a whole one.
            http.Abort();
            return error.Code;
        }

        http.Response.Clear();
        RetryAdvice.Write(http.Request.Headers, http.Response.Headers, status, retryAfter);
        if (status == StatusCodes.Status415UnsupportedMediaType) http.Response.Headers.AcceptEncoding = "gzip, deflate, br";
        if (status == StatusCodes.Status401Unauthorized) http.Response.Headers.WWWAuthenticate = challenge.For(http.Request);
        await new JsonAnswer(MessagesError.For(http.Request, status, error), status).WriteAsync(http).ConfigureAwait(false);
        return error.Code;
    }

    /// <summary>Azure's own status and code tell an operator what is wrong, and hold nothing of ours.</summary>
    internal static string NameOf(Exception exception) => exception is RequestFailedException azure
        ? string.Create(CultureInfo.InvariantCulture, $"{nameof(RequestFailedException)} ({azure.Status} {azure.ErrorCode})")
        : exception.GetType().FullName ?? nameof(Exception);

    /// <summary>What the caller is told of an exception: a status, an error, and when to try again where that may help.</summary>
    internal static (int Status, ErrorDetail Error, TimeSpan? RetryAfter) Describe(Exception exception) => exception switch
    {
        GatewayException known => (known.Status, known.Error, known.RetryAfter),
        // A chunked body tells its size only as it comes.
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => (
            StatusCodes.Status413PayloadTooLarge, new ErrorDetail("body_too_large", "The body is larger than is permitted.", "invalid_request_error", "body"), null),
        BadHttpRequestException bad => (bad.StatusCode, new ErrorDetail("bad_request", "The request could not be read.", "invalid_request_error"), null),
        RequestFailedException failure => (StatusCodes.Status503ServiceUnavailable, Dependency, ServiceFailure.RetryAfterOf(failure)),
        _ => (StatusCodes.Status500InternalServerError, Unexpected, null),
    };

    [LoggerMessage(1001, LogLevel.Debug, "{Function}: refused with {Status} ({Code}), request {RequestId}.")]
    private static partial void LogRefusal(ILogger logger, string function, int status, string code, string requestId);

    // The message of a foreign exception may quote what it choked on, so only its type and place are written.
    [LoggerMessage(1002, LogLevel.Error, "{Function}: request {RequestId} failed with {ExceptionType}.\n{Stack}")]
    private static partial void LogFailure(ILogger logger, string function, string requestId, string exceptionType, string? stack);

    [LoggerMessage(1003, LogLevel.Debug, "{Function}: the client of request {RequestId} went away.")]
    private static partial void LogGone(ILogger logger, string function, string requestId);

    [LoggerMessage(1004, LogLevel.Warning, "{Function}: answered {Status} ({Code}), request {RequestId}.")]
    private static partial void LogFault(ILogger logger, string function, int status, string code, string requestId);
}
