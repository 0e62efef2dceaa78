using Azure.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Serverless.Contracts.SignalR;
using Serverless.Functions.Ingestion.Progress;

namespace Serverless.Functions.Streaming;

/// <summary>Registers the room that streams answers to web apps; it takes a registered <see cref="SignalRServiceClient"/> where there is one.</summary>
public static class StreamingServices
{
    /// <exception cref="InvalidOperationException">A setting is missing or out of range; the message names it.</exception>
    public static IServiceCollection AddStreaming(this IServiceCollection services, IConfiguration configuration)
    {
        var options = StreamingOptions.From(configuration);
        services.TryAddSingleton(provider => new SignalRServiceClient(
            new HttpClient(new SocketsHttpHandler { UseProxy = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) }),
            options.Connection,
            provider.GetRequiredService<TimeProvider>(),
            options.Connection.AccessKey is null ? provider.GetRequiredService<TokenCredential>() : null));
        return services
            .AddSingleton(options)
            .AddSingleton<StreamCancellations>()
            .AddSingleton<StreamResumptions>()
            .AddSingleton<StreamIds>()
            .AddSingleton<ConnectionOwners>()
            .AddSingleton<IProgressChannel, SignalRProgressChannel>()
            .AddSingleton<AnswerStreams>();
    }
}
