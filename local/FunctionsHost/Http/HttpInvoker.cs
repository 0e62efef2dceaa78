using System.Diagnostics;
using Serverless.FunctionsHost.Protocol;
using Serverless.FunctionsHost.Worker;
using Yarp.ReverseProxy.Forwarder;

namespace Serverless.FunctionsHost.Http;

/// <summary>
/// An HTTP function's invocation: the worker is told of it over its stream, and the request itself is forwarded to the worker's own HTTP endpoint, un-buffered
/// both ways. The worker joins the two by the header <c>x-ms-invocation-id</c>.
/// </summary>
internal sealed class HttpInvoker(IHttpForwarder forwarder, WorkerSupervisor worker, Func<string?> durableClient, ILogger<HttpInvoker> logger) : IAsyncDisposable
{
    private const string InvocationHeader = "x-ms-invocation-id";
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    private readonly HttpMessageInvoker _http = Forwarding.CreateClient(ConnectTimeout);

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    public async Task InvokeAsync(HttpContext context, FunctionDefinition function)
    {
        WorkerChannel channel;
        try
        {
            // A worker that is starting again is waited for.
            channel = await worker.GetAsync(context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }

        // Whatever a client sends under this name is not for the worker.
        var request = Describe(context, function);
        context.Request.Headers[InvocationHeader] = request.InvocationId;

        // Side by side: the worker waits only seconds for the second half.
        var invocation = channel.InvokeAsync(request, context.RequestAborted);
        var error = await forwarder.SendAsync(context, channel.HttpAddress!.AbsoluteUri, _http, Forwarding.Config, Forwarding.KeepHost);
        try
        {
            await invocation;
        }
        catch (WorkerProcessExitException)
        {
            Fail(context, StatusCodes.Status502BadGateway);
            logger.WorkerGone(function.Name);
        }
        catch (InvocationFailedException)
        {
            Fail(context, StatusCodes.Status500InternalServerError);
            logger.FunctionFailed(function.Name, error);
        }
    }

    private InvocationRequest Describe(HttpContext context, FunctionDefinition function)
    {
        var request = new InvocationRequest
        {
            FunctionId = function.Id,
            InvocationId = Guid.NewGuid().ToString(),
            TraceContext = new() { TraceParent = Activity.Current?.Id ?? string.Empty, TraceState = string.Empty },
        };
        request.InputData.Add(new ParameterBinding { Name = function.TriggerName, Data = new() { Http = new() } });
        foreach (var client in function.DurableClients)
            request.InputData.Add(new ParameterBinding { Name = (string)client["name"]!, Data = new() { String = durableClient() ?? string.Empty } });
        foreach (var (key, value) in context.Request.RouteValues)
        {
            if (value is not null) request.TriggerMetadata[key] = new() { String = value.ToString() };
        }

        return request;
    }

    // A function that throws has answered 200 with nothing in it, where it had not begun to answer.
    private static void Fail(HttpContext context, int status)
    {
        if (context.Response.HasStarted) context.Abort();
        else
        {
            context.Response.Clear();
            context.Response.StatusCode = status;
        }
    }
}
