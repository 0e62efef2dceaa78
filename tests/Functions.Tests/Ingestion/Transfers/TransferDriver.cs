using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Serverless.Functions.Clients;
using Serverless.Functions.Ingestion.Generations;
using Serverless.Functions.Ingestion.Transfers;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Ingestion.Transfers;

/// <summary>Asks for transfers over HTTP as a client does, and runs their orchestrations.</summary>
internal sealed class TransferDriver(IngestionHarness app)
{
    public static Caller Operator { get; } = new("operator", ["*"], IsOperator: true);

    /// <summary>Steps that were run, killed ones among them.</summary>
    public int Steps { get; private set; }

    /// <summary>Where the host is to be killed: the how-many-th step, and whether it has run by then.</summary>
    public (int At, bool Ran)? Kill { get; set; }

    /// <summary>Runs before each step.</summary>
    public Action? BeforeStep { get; set; }

    public Task<JsonElement> ImportAsync(object body) => RunAsync((request, durable) => app.Get<ImportFunctions>().StartAsync(request, durable), body, app.Get<ImportFunctions>().GetAsync);

    public Task<JsonElement> ExportAsync(object? body = null) => RunAsync((request, durable) => app.Get<ExportFunctions>().StartAsync(request, durable), body, app.Get<ExportFunctions>().GetAsync);

    public Task<JsonElement> RestoreAsync(object body) => RunAsync((request, durable) => app.Get<ExportFunctions>().RestoreAsync(request, durable), body, app.Get<ExportFunctions>().GetRestoreAsync);

    public async Task<JsonElement> AnswerAsync(Func<HttpRequest, Task<IActionResult>> call, object? body = null, string? id = null, string query = "", Caller? caller = null)
    {
        var request = DocumentFunctionsTests.RequestTo(app, caller ?? Operator, null, query);
        request.RouteValues["id"] = id;
        if (body is not null)
        {
            request.Body = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(body));
            request.ContentType = "application/json";
        }

        return JsonDocument.Parse(await DocumentFunctionsTests.ExecuteAsync(request, await call(request))).RootElement;
    }

    /// <returns>The transfer as it is when it has ended.</returns>
    private async Task<JsonElement> RunAsync(Func<HttpRequest, InMemoryDurable, Task<IActionResult>> start, object? body, Func<HttpRequest, Task<IActionResult>> get)
    {
        Steps = 0;
        var durable = new InMemoryDurable(app.Get<TransferActivities>(), TransferOrchestrator.RunAsync) { Crash = OnStep };
        var started = await AnswerAsync(request => start(request, durable), body);
        Assert.Equal("running", started.GetProperty("state").GetString());
        try
        {
            await durable.RunAsync();
        }
        catch (HostKilledException)
        {
            // The host starts again and goes on from its history.
            await durable.RunAsync();
        }

        return await AnswerAsync(get, id: started.GetProperty("id").GetString());
    }

    private void OnStep(string name, bool ran)
    {
        if (!ran)
        {
            BeforeStep?.Invoke();
            // What Durable and the queue do beside it.
            app.DeliverQueuedAsync().GetAwaiter().GetResult();
            app.Get<GenerationStep>().RunAsync(new GenerationWork(app.Collection), default).GetAwaiter().GetResult();
        }

        if (Kill is not { } kill || kill.Ran != ran || Steps != kill.At)
        {
            if (ran) Steps++;
            return;
        }

        Kill = null;
        throw new HostKilledException();
    }
}
