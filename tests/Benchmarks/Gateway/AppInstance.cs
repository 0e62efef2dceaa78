using Azure.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions;

namespace Serverless.Benchmarks.Gateway;

/// <summary>An instance of the app without HTTP in this process, composed as it is deployed, over storage of the benchmark's.</summary>
internal static class AppInstance
{
    /// <summary>Settings that composing needs, of services that are not called.</summary>
    public static Dictionary<string, string?> Settings(string storage) => new()
    {
        ["DocumentStorage"] = storage,
        ["KeyVault:Uri"] = "https://local.vault.azure.net",
        ["Search:Endpoint"] = "https://local.search.windows.net",
        ["SignalR:ConnectionString"] = $"Endpoint=http://localhost;AccessKey={Convert.ToBase64String(new byte[32])};Version=1.0;",
        ["Gateway:OperatorKey"] = GatewayBenchmark.OperatorKey,
    };

    /// <summary>A credential that nobody asks anything.</summary>
    public static TokenCredential Credential { get; } = DelegatedTokenCredential.Create((_, _) => new AccessToken("token", DateTimeOffset.MaxValue));

    public static ServiceProvider Of(string storage, params (string Name, string Value)[] settings)
    {
        var all = Settings(storage);
        foreach (var (name, value) in settings) all[name] = value;
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(all).Build();
        var services = new ServiceCollection();
        services.AddLogging().AddSingleton<IConfiguration>(configuration).AddSingleton(Credential);
        new AppPipeline(services).AddServerless(configuration);
        return services.BuildServiceProvider();
    }

    /// <summary>The machine's load average of the last minute; the figures of a busy machine say little by themselves.</summary>
    public static string Load() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";
}
