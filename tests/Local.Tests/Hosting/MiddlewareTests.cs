using System.Collections.Concurrent;
using Local.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Local.Tests.Hosting;

public sealed class MiddlewareTests
{
    [Fact]
    public async Task Invoke_TwoMiddlewares_RunInTheirOrderAroundTheFunction()
    {
        await using var host = await StartAsync(builder => builder.UseMiddleware<Outer>().UseMiddleware<Inner>());

        await host.Http.GetStringAsync("api/Trace");

        Assert.Equal(["outer in", "inner in", "function", "inner out", "outer out"], host.Get<Journal>().Lines);
    }

    [Fact]
    public async Task UseWhen_PredicateFalse_LeavesTheMiddlewareOut()
    {
        await using var host = await StartAsync(builder => builder
            .UseWhen<Outer>(context => context.FunctionDefinition.InputBindings.Values.Any(b => b.Type == "queueTrigger"))
            .UseWhen<Inner>(context => context.FunctionDefinition.InputBindings.Values.Any(b => b.Type == "httpTrigger")));

        await host.Http.GetStringAsync("api/Trace");

        Assert.Equal(["inner in", "function", "inner out"], host.Get<Journal>().Lines);
    }

    [Fact]
    public async Task Invoke_MiddlewareThatAnswers_KeepsTheFunctionFromRunning()
    {
        await using var host = await StartAsync(builder => builder.UseMiddleware<Refusing>());

        using var response = await host.Http.GetAsync("api/Trace");

        Assert.Equal(403, (int)response.StatusCode);
        Assert.Empty(host.Get<Journal>().Lines);
    }

    [Fact]
    public async Task Invoke_Items_TravelToTheFunction()
    {
        await using var host = await StartAsync(builder => builder.UseMiddleware<Marking>());

        Assert.Equal("marked", await host.Http.GetStringAsync("api/Item"));
    }

    [Fact]
    public async Task Invoke_TwoInvocations_HaveScopesAndIdsOfTheirOwn()
    {
        await using var host = await StartAsync(_ => { });

        var first = await host.Http.GetStringAsync("api/Scope");
        var second = await host.Http.GetStringAsync("api/Scope");

        Assert.NotEqual(first.Split('|')[0], second.Split('|')[0]);
        Assert.NotEqual(first.Split('|')[1], second.Split('|')[1]);
        Assert.EndsWith("|True", first, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Invoke_TimerFunction_GoesThroughMiddlewareToo()
    {
        await using var host = await TestHost.StartAsync(
            [typeof(StartupTimer)], builder => builder.UseMiddleware<Outer>().Services.AddSingleton<Journal>());

        await Eventually.TrueAsync(() => host.Get<Journal>().Lines.Count == 3, "the timer ran");

        Assert.Equal(["outer in", "timer", "outer out"], host.Get<Journal>().Lines);
    }

    private static Task<TestHost> StartAsync(Action<IFunctionsWorkerApplicationBuilder> compose) => TestHost.StartAsync(
        [typeof(TracedFunctions)],
        builder =>
        {
            builder.Services.AddSingleton<Journal>().AddScoped<ScopedThing>();
            compose(builder);
        },
        configure: options => options with { HostJsonPath = HostJsonWithDefaults() });

    private static string HostJsonWithDefaults()
    {
        var path = Path.Combine(Path.GetTempPath(), "serverless-host-defaults.json");
        if (!File.Exists(path)) File.WriteAllText(path, "{}");
        return path;
    }

    public sealed class Journal
    {
        public ConcurrentQueue<string> Lines { get; } = new();
    }

    public sealed class ScopedThing
    {
        public Guid Id { get; } = Guid.NewGuid();
    }

    public sealed class TracedFunctions(Journal journal, ScopedThing thing)
    {
        [Function("Trace")]
        public string Trace([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request)
        {
            journal.Lines.Enqueue("function");
            return "done";
        }

        [Function("Item")]
        public static string Item([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request, FunctionContext context) => (string)context.Items["mark"];

        [Function("Scope")]
        public string Scope([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request, FunctionContext context) =>
            $"{thing.Id}|{context.InvocationId}|{context.InstanceServices.GetRequiredService<ScopedThing>() == thing}";
    }

    public sealed class StartupTimer(Journal journal)
    {
        [Function("StartupTimer")]
        public void Run([TimerTrigger("0 0 0 1 1 *", RunOnStartup = true, UseMonitor = false)] TimerInfo timer) => journal.Lines.Enqueue("timer");
    }

    private sealed class Outer(Journal journal) : IFunctionsWorkerMiddleware
    {
        public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
        {
            journal.Lines.Enqueue("outer in");
            await next(context);
            journal.Lines.Enqueue("outer out");
        }
    }

    private sealed class Inner(Journal journal) : IFunctionsWorkerMiddleware
    {
        public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
        {
            journal.Lines.Enqueue("inner in");
            await next(context);
            journal.Lines.Enqueue("inner out");
        }
    }

    private sealed class Refusing : IFunctionsWorkerMiddleware
    {
        public Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
        {
            context.GetHttpContext()!.Response.StatusCode = 403;
            return Task.CompletedTask;
        }
    }

    private sealed class Marking : IFunctionsWorkerMiddleware
    {
        public Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
        {
            context.Items["mark"] = "marked";
            return next(context);
        }
    }
}
