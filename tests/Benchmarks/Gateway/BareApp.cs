using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serverless.Functions;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Routes;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Benchmarks.Gateway;

/// <summary>
/// A process with the app's own code on a bare Kestrel: its middleware, its chat function and all below, composed as it is deployed, without the
/// Functions SDK and its host. What those add is the difference to the same app run by the host.
/// </summary>
internal static class BareApp
{
    /// <param name="settings">Further settings, as <c>name=value</c>.</param>
    public static async Task RunAsync(int port, string storage, string allowedHost, IEnumerable<string> settings)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(AppInstance.Settings(storage));
        builder.Configuration.AddInMemoryCollection(settings.Select(s => s.Split('=', 2)).Select(s => KeyValuePair.Create(s[0], (string?)s[1])));
        builder.Configuration.AddInMemoryCollection([new("Gateway:AllowedHosts", allowedHost)]);
        builder.Services.AddSingleton(AppInstance.Credential);
        var worker = new AppPipeline(builder.Services);
        worker.AddServerless(builder.Configuration);
        await using var app = builder.Build();
        app.Urls.Add($"http://127.0.0.1:{port}");
        MeasuredProcess.Map(app);
        var (gateway, routes, time) = (app.Services.GetRequiredService<IGateway>(), app.Services.GetRequiredService<RouteCatalog>(), app.Services.GetRequiredService<TimeProvider>());
        app.MapPost("/v1/chat/completions", Pipeline(worker, "ChatCompletions", http => new ChatCompletionsFunction(
            gateway, routes, time).Run(http.Request)));
        app.MapGet("/v1/models", Pipeline(worker, "Models", http => new ModelsFunction(routes).Run(http.Request)));
        await app.RunAsync();
    }

    /// <summary>The middleware around a function, put together once, as the worker does.</summary>
    private static RequestDelegate Pipeline(AppPipeline worker, string name, Func<HttpContext, Task<IActionResult>> function)
    {
        FunctionExecutionDelegate pipeline = async context =>
        {
            var http = context.GetHttpContext()!;
            http.Items[typeof(IActionResult)] = await function(http);
        };
        foreach (var middleware in Enumerable.Reverse(worker.Middleware)) pipeline = middleware(pipeline);
        return async http =>
        {
            await pipeline(new TestFunctionContext(http, name));
            if (http.Items[typeof(IActionResult)] is IActionResult result) await result.ExecuteResultAsync(new ActionContext { HttpContext = http });
        };
    }
}
