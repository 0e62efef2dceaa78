using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Serverless.GpuWorker.Tests.Api;

/// <summary>The sending part of Azure SignalR's data plane on a free port of loopback: keeps what it is sent.</summary>
internal sealed class SignalRDouble : IAsyncDisposable
{
    private const string Key = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH";

    private readonly WebApplication _app;
    private int _inFlight;

    private SignalRDouble(WebApplication app) => _app = app;

    public string Endpoint => _app.Urls.Single();

    public string ConnectionString => $"Endpoint={Endpoint};AccessKey={Key};Version=1.0;";

    /// <summary>Awaited before each message is taken.</summary>
    public Func<Task> BeforeMessage { get; set; } = () => Task.CompletedTask;

    /// <summary>Path, target and argument of each message, in the order of arrival.</summary>
    public ConcurrentQueue<(string Path, string Target, JsonElement Argument)> Messages { get; } = new();

    /// <summary>The Authorization header of each message.</summary>
    public ConcurrentQueue<string> Authorizations { get; } = new();

    /// <summary>The most messages that were on their way at once.</summary>
    public int MostInFlight { get; private set; }

    public static async Task<SignalRDouble> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var service = new SignalRDouble(app);
        app.MapPost("/api/hubs/{hub}/users/{user}/:send", service.TakeAsync);
        await app.StartAsync();
        return service;
    }

    /// <summary>All of a stream's messages, once its last one is there.</summary>
    public async Task<IReadOnlyList<(string Path, string Target, JsonElement Argument)>> WholeAsync(string streamId)
    {
        await WorkerUnderTest.UntilAsync(() => Of(streamId).Any(m => m.Target is "done" or "error"), "the stream's end");
        return Of(streamId);
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private List<(string Path, string Target, JsonElement Argument)> Of(string streamId) =>
        [.. Messages.Where(m => m.Argument.GetProperty("streamId").GetString() == streamId)];

    private async Task TakeAsync(HttpContext context)
    {
        MostInFlight = Math.Max(MostInFlight, Interlocked.Increment(ref _inFlight));
        var authorization = context.Request.Headers.Authorization.ToString();
        Assert.StartsWith("Bearer ", authorization, StringComparison.Ordinal);
        Authorizations.Enqueue(authorization);
        var body = await JsonSerializer.DeserializeAsync<JsonElement>(context.Request.Body);
        await BeforeMessage();
        Interlocked.Decrement(ref _inFlight);
        Messages.Enqueue((context.Request.Path, body.GetProperty("target").GetString()!, body.GetProperty("arguments")[0]));
        context.Response.StatusCode = StatusCodes.Status202Accepted;
    }
}
