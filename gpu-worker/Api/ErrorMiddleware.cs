using Serverless.GpuWorker.Api.Requests;

namespace Serverless.GpuWorker.Api;

/// <summary>Answers every failure in OpenAI's shape. What is logged of an unexpected one is its type and where it came from, never its message.</summary>
internal sealed class ErrorMiddleware(RequestDelegate next, ILogger<ErrorMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
            if (!context.Response.HasStarted && Unanswered(context.Response.StatusCode) is { } error) await RequestErrors.WriteAsync(context, error);
        }
        catch (Exception e)
        {
            var error = RequestErrors.Describe(e, context);
            if (error?.Status == StatusCodes.Status500InternalServerError) ApiLog.Unexpected(logger, e.GetType().FullName!, e.StackTrace ?? "");
            if (error is null || context.Response.HasStarted)
            {
                context.Abort();
                return;
            }

            await RequestErrors.WriteAsync(context, error);
        }
    }

    private static ApiException? Unanswered(int status) => status switch
    {
        StatusCodes.Status404NotFound => ApiErrors.NotFound(),
        StatusCodes.Status405MethodNotAllowed => ApiErrors.MethodNotAllowed(),
        StatusCodes.Status415UnsupportedMediaType => ApiErrors.NotJson(),
        _ => null,
    };
}
