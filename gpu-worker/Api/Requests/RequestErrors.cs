using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Api.Requests;

/// <summary>Maps what a request ended with to the error that it is answered with.</summary>
internal static class RequestErrors
{
    /// <returns>Null when the client has gone, so that nobody is to be answered.</returns>
    public static ApiException? Describe(Exception exception, HttpContext context) =>
        exception is IOException && context.RequestAborted.IsCancellationRequested ? null : Describe(exception, context.RequestServices.GetRequiredService<ServingState>());

    /// <returns>Null when what the work was for has gone.</returns>
    public static ApiException? Describe(Exception exception, ServingState state) => exception switch
    {
        ApiException api => api,
        EngineOverloadedException overloaded => ApiErrors.Overloaded(overloaded.RetryAfter),
        DeadlineExceededException => ApiErrors.DeadlineExceeded(),
        EngineFailedException => ApiErrors.EngineFailed(),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => ApiErrors.TooLarge(),
        BadHttpRequestException => ApiErrors.Invalid(null, "The request could not be read.", "bad_request"),
        OperationCanceledException when state.HardStop.IsCancellationRequested => ApiErrors.ShuttingDown(),
        OperationCanceledException => null,
        _ => ApiErrors.Internal(),
    };

    public static async Task WriteAsync(HttpContext context, ApiException error)
    {
        var response = context.Response;
        var allow = response.Headers.Allow;
        response.Clear();
        response.StatusCode = error.Status;
        response.Headers[Contracts.ErrorBody.QuotesNoContentHeader] = "true";
        if (error.Status == StatusCodes.Status405MethodNotAllowed) response.Headers.Allow = allow;
        if (error.Error.Code == ApiErrors.EncodingCode) response.Headers.AcceptEncoding = "gzip, deflate, br";
        if (error.RetryAfter is { } retryAfter) response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(retryAfter.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture);
        // A client that keeps the connection would come back to this worker, and not to the one that stands in for it.
        if (error.Error.Code == ApiErrors.ShuttingDownCode) response.Headers.Connection = "close";
        if (error.Status == StatusCodes.Status401Unauthorized) response.Headers.WWWAuthenticate = "Bearer";
        await response.WriteAsJsonAsync(new Contracts.ErrorBody(error.Error), Contracts.WireJson.Options, CancellationToken.None);
    }
}
