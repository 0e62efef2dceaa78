using Local.Tests.Support;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serverless.Local.Hosting;

namespace Local.Tests.Hosting;

/// <summary>A real host on a free port for some function classes.</summary>
internal sealed class TestHost : IAsyncDisposable
{
    private readonly TemporaryFolder? _ownData;

    private TestHost(FunctionsHost host, CapturedLogs logs, TemporaryFolder? ownData)
    {
        (Host, Logs, _ownData) = (host, logs, ownData);
        Http = new HttpClient { BaseAddress = host.BaseAddress };
    }

    public FunctionsHost Host { get; }

    public HttpClient Http { get; }

    public CapturedLogs Logs { get; }

    public T Get<T>()
        where T : notnull => Host.Services.GetRequiredService<T>();

    public static async Task<TestHost> StartAsync(
        IReadOnlyCollection<Type> classes,
        Action<IFunctionsWorkerApplicationBuilder>? compose = null,
        IReadOnlyDictionary<string, string?>? settings = null,
        string? dataDirectory = null,
        Func<FunctionsHostOptions, FunctionsHostOptions>? configure = null)
    {
        var ownData = dataDirectory is null ? new TemporaryFolder() : null;
        var logs = new CapturedLogs();
        var options = new FunctionsHostOptions
        {
            Assembly = typeof(TestHost).Assembly,
            Classes = classes,
            Compose = (builder, _) => compose?.Invoke(builder),
            DataDirectory = dataDirectory ?? ownData!.Path,
            Configuration = new ConfigurationBuilder().AddInMemoryCollection(settings ?? new Dictionary<string, string?>()).Build(),
            Logging = logging => logging.AddProvider(logs).SetMinimumLevel(LogLevel.Information),
        };
        return new TestHost(await FunctionsHost.StartAsync(configure?.Invoke(options) ?? options, CancellationToken.None), logs, ownData);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Host.DisposeAsync();
        _ownData?.Dispose();
    }
}
