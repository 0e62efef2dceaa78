using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Serverless.GpuWorker.Api;
using Serverless.GpuWorker.Demo;
using Serverless.GpuWorker.Hosting;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Tests.Api;

namespace Serverless.GpuWorker.Tests.Hosting;

/// <summary>The whole worker in this process, on the demo checkpoints: real tokenizer, engine and encoder behind real HTTP.</summary>
public sealed class DemoWorker : IAsyncLifetime
{
    public const string Context =
        "Roses like sun in the morning.\n\nThe Fiddle Fig drops its leaves when it is watered too often.\n\nTomatoes need support when they grow tall.";

    public static readonly object[] Messages =
        [new { role = "user", content = $"Context:\n{Context}\n\nQuestion: What do tomatoes need when they grow tall?" }];

    private WebApplication _app = null!;

    /// <summary>Holds the checkpoints.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("worker-").FullName;

    public HttpClient Client { get; private set; } = null!;

    public ILlmEngine Engine => _app.Services.GetRequiredService<ServingState>().Models!.Llm!.Engine;

    public async Task InitializeAsync()
    {
        Assert.Equal(0, DemoCommand.Run(new Dictionary<string, string?> { [CommandOptions.DemoOutput] = Folder }));
        var options = new WorkerOptions
        {
            Llama = Path.Combine(Folder, DemoLlama.ModelName),
            Instructor = Path.Combine(Folder, DemoInstructor.ModelName),
            Urls = "http://127.0.0.1:0",
        };
        Assert.Empty(WorkerOptionsValidator.Validate(options));
        _app = WorkerHost.Build(options);
        await _app.StartAsync();
        Client = new HttpClient { BaseAddress = new Uri(_app.Urls.Single()), Timeout = TimeSpan.FromMinutes(2) };
        var state = _app.Services.GetRequiredService<ServingState>();
        await WorkerUnderTest.UntilAsync(() => state.Phase != ServingPhase.Loading, "the demo checkpoints to be loaded");
        Assert.Equal(ServingPhase.Serving, state.Phase);
    }

    public async Task DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>Posts and reads the answer, which must be a success.</summary>
    public async Task<JsonElement> PostAsync(string path, object body)
    {
        using var response = await Client.PostAsJsonAsync(path, body);
        var json = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(response.IsSuccessStatusCode, json.ToString());
        return json;
    }
}
