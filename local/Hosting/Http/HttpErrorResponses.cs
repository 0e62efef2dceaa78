using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using Serverless.Contracts;

namespace Serverless.Local.Hosting.Http;

/// <summary>Answers what no function answers, always in the shape <c>{"error":{code,message,type,param}}</c>, and never with a detail of a failure.</summary>
internal sealed class HttpErrorResponses(long maxBodyBytes, ILogger<HttpErrorResponses> logger)
{
    private const int ClientClosedRequest = 499;

    public async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        if (http.Request.ContentLength > maxBodyBytes)
        {
            await TooLargeAsync(http);
            return;
        }

        try
        {
            await next(http);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            if (!http.Response.HasStarted) http.Response.StatusCode = ClientClosedRequest;
            return;
        }
        catch (RequestBindingException e)
        {
            await WriteAsync(http, StatusCodes.Status400BadRequest, new ErrorDetail("invalid_request", e.Message, "invalid_request_error", e.Param));
            return;
        }
        catch (BadHttpRequestException e)
        {
            await BadRequestAsync(http, e);
            return;
        }
        catch (Exception e)
        {
            logger.RequestFailed(http.Request.Method, FunctionOf(http)?.Name ?? "none", ExceptionOutline.Of(e));
            await WriteAsync(http, StatusCodes.Status500InternalServerError, new ErrorDetail("internal_error", "The request failed for a reason that lies with the server.", "server_error"));
            return;
        }

        if (!http.Response.HasStarted && FunctionOf(http) is null) await UnansweredAsync(http);
    }

    private static FunctionDefinition? FunctionOf(HttpContext http) => http.GetEndpoint()?.Metadata.GetMetadata<FunctionDefinition>();

    private static Task UnansweredAsync(HttpContext http) => http.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound => WriteAsync(http, StatusCodes.Status404NotFound, new ErrorDetail("not_found", "No such path.", "not_found_error")),
        StatusCodes.Status405MethodNotAllowed => WriteAsync(
            http,
            StatusCodes.Status405MethodNotAllowed,
            new ErrorDetail("method_not_allowed", $"This path does not take {http.Request.Method}; {http.Response.Headers.Allow} is permitted.", "invalid_request_error")),
        _ => Task.CompletedTask,
    };

    private Task BadRequestAsync(HttpContext http, BadHttpRequestException e) => e.StatusCode == StatusCodes.Status413PayloadTooLarge
        ? TooLargeAsync(http)
        : WriteAsync(http, e.StatusCode, new ErrorDetail("invalid_request", "The request is malformed or ended early.", "invalid_request_error"));

    private Task TooLargeAsync(HttpContext http)
    {
        // What is left of the body is not read: the connection cannot serve another request.
        if (!http.Response.HasStarted) http.Response.Headers.Connection = "close";
        var limit = maxBodyBytes.ToString("N0", CultureInfo.InvariantCulture);
        return WriteAsync(http, StatusCodes.Status413PayloadTooLarge, new ErrorDetail("request_too_large", $"The request body may have up to {limit} bytes.", "invalid_request_error"));
    }

    private static Task WriteAsync(HttpContext http, int status, ErrorDetail error)
    {
        if (http.Response.HasStarted)
        {
            // The client must see that the answer is cut off, not a well-formed end.
            http.Abort();
            return Task.CompletedTask;
        }

        var headers = http.Response.Headers;
        var (allow, connection) = (headers.Allow, headers.Connection);
        http.Response.Clear();
        if (allow.Count > 0) headers.Allow = allow;
        if (connection.Count > 0) headers.Connection = connection;
        http.Response.StatusCode = status;
        return http.Response.WriteAsJsonAsync(new ErrorBody(error), WireJson.Options, http.RequestAborted);
    }
}
