using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Local.Tests.Hosting;

/// <summary>An HTTP function starts an orchestrator that calls activities, all of them hosted functions with middleware around them.</summary>
public sealed class DurableFunctionsTests
{
    [Fact]
    public async Task Orchestrator_CallsActivities_AndItsOutputIsRead()
    {
        await using var host = await StartAsync();

        Assert.Equal("Hello Ada! Hello Grace!", await host.Http.GetStringAsync("api/Greet"));
    }

    [Fact]
    public async Task Middleware_RunsAroundOrchestratorAndActivities()
    {
        await using var host = await StartAsync();

        await host.Http.GetStringAsync("api/Greet");

        var seen = host.Get<Seen>().Bindings;
        Assert.Equal(2, seen.Count(type => type == "activityTrigger"));
        Assert.Contains("httpTrigger durableClient", seen);

        // Once for each replay, as in the real worker.
        Assert.True(seen.Count(type => type == "orchestrationTrigger") > 1);
    }

    [Fact]
    public async Task Activity_Throws_FailsTheOrchestrationWithItsTypeOnly()
    {
        await using var host = await StartAsync();
        var client = host.Get<DurableTaskClient>();

        var id = await client.ScheduleNewOrchestrationInstanceAsync("Greetings", new[] { "nobody" });
        var instance = await client.WaitForInstanceCompletionAsync(id);

        Assert.Equal(OrchestrationRuntimeStatus.Failed, instance.RuntimeStatus);
    }

    private static Task<TestHost> StartAsync() => TestHost.StartAsync(
        [typeof(GreetingFunctions)], builder => builder.UseMiddleware<Watching>().Services.AddSingleton<Seen>(), configure: options => options with { HostJsonPath = Json() });

    private static string Json()
    {
        var path = Path.Combine(Path.GetTempPath(), "serverless-host-defaults.json");
        if (!File.Exists(path)) File.WriteAllText(path, "{}");
        return path;
    }

    public sealed class Seen
    {
        public ConcurrentQueue<string> Bindings { get; } = new();
    }

    private sealed class Watching(Seen seen) : IFunctionsWorkerMiddleware
    {
        public Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
        {
            seen.Bindings.Enqueue(string.Join(' ', context.FunctionDefinition.InputBindings.Values.Select(b => b.Type).OrderDescending()));
            return next(context);
        }
    }

    public static class GreetingFunctions
    {
        [Function("Greet")]
        public static async Task<string> Greet([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request, [DurableClient] DurableTaskClient client, CancellationToken token)
        {
            var id = await client.ScheduleNewOrchestrationInstanceAsync("Greetings", new[] { "Ada", "Grace" }, token);
            var done = await client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, token);
            return done.ReadOutputAs<string>()!;
        }

        [Function("GreetingsFunction")]
        public static async Task<string> Orchestrate([OrchestrationTrigger(Orchestration = "Greetings")] TaskOrchestrationContext context)
        {
            var greetings = new List<string>();
            foreach (var name in context.GetInput<string[]>()!) greetings.Add(await context.CallActivityAsync<string>("Hello", name));
            return string.Join(' ', greetings);
        }

        [Function("Hello")]
        public static string Hello([ActivityTrigger] string name, string instanceId, FunctionContext context) =>
            name == "nobody" || instanceId.Length == 0 || context.FunctionDefinition.Name != "Hello" ? throw new InvalidOperationException() : $"Hello {name}!";
    }
}
