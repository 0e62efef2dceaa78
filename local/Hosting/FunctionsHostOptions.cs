using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Serverless.Local.Hosting;

/// <summary>What to host, and where.</summary>
public sealed record FunctionsHostOptions
{
    /// <summary>The assembly whose [Function] methods are hosted.</summary>
    public required Assembly Assembly { get; init; }

    /// <summary>Only these classes of the assembly are looked at; null means all of them.</summary>
    public IReadOnlyCollection<Type>? Classes { get; init; }

    /// <summary>Composes the app: in production <c>builder.AddServerless(configuration)</c>.</summary>
    public required Action<IFunctionsWorkerApplicationBuilder, IConfiguration> Compose { get; init; }

    /// <summary>Timer state and the durable database are kept here.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The app's settings (in Azure: environment variables).</summary>
    public IConfiguration Configuration { get; init; } = new ConfigurationBuilder().Build();

    /// <summary>The port on 127.0.0.1; 0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>host.json; null finds it in the assembly's folder or above.</summary>
    public string? HostJsonPath { get; init; }

    /// <summary>Services that must be there before the app composes itself: a TokenCredential, an HttpPipelineTransport, a TimeProvider.</summary>
    public Action<IServiceCollection>? Services { get; init; }

    /// <summary>Where log lines go; nowhere by default.</summary>
    public Action<ILoggingBuilder>? Logging { get; init; }

    /// <summary>Further endpoints or middleware on the same port; the functions' routes win.</summary>
    public Action<WebApplication>? Web { get; init; }

    /// <summary>A folder of static files served at "/"; the functions' routes win.</summary>
    public string? WebRoot { get; init; }

    /// <summary>A larger request body is refused with 413. In bytes; Azure's limit is 100 MB.</summary>
    public long MaxRequestBodyBytes { get; init; } = 104_857_600;

    /// <summary>How long invocations in progress may take to end when the host stops.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(5);
}
