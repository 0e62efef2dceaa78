using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using Azure.Storage.Queues;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Serverless.Local.Hosting.Queues;

/// <summary>
/// Opens a trigger's queue from its connection, as the Functions host does: the setting <c>{connection}</c> (or <c>AzureWebJobs{connection}</c>) is a
/// connection string, or a section with <c>queueServiceUri</c>, <c>serviceUri</c> or <c>accountName</c>, used with the app's credential.
/// </summary>
internal sealed class QueueClients(IConfiguration configuration, IServiceProvider services)
{
    private const string DefaultConnection = "AzureWebJobsStorage";

    /// <summary>A client that passes message text through as it is: the listener decodes it, and a message that moves to another queue stays the same.</summary>
    /// <exception cref="FunctionLoadException">The connection has no setting, or a malformed one.</exception>
    public QueueClient Open(string function, string queue, string? connection)
    {
        var name = connection ?? DefaultConnection;
        var section = new[] { "AzureWebJobs" + name, "ConnectionStrings:" + name, name }.Select(configuration.GetSection).FirstOrDefault(s => s.Exists());
        if (section is null)
        {
            throw new FunctionLoadException([$"Function '{function}': setting '{name}' (a storage connection string) or '{name}:queueServiceUri' is needed for queue '{queue}'."]);
        }

        var options = new QueueClientOptions { MessageEncoding = QueueMessageEncoding.None };
        if (services.GetService<HttpPipelineTransport>() is { } transport) options.Transport = transport;
        try
        {
            if (section.Value is { Length: > 0 } connectionString) return new QueueClient(connectionString, queue, options);
            var credential = services.GetService<TokenCredential>() ?? new DefaultAzureCredential();
            return new QueueServiceClient(ServiceUri(section), credential, options).GetQueueClient(queue);
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            // The parser's message may quote the connection string, and with it the account's key.
            throw new FunctionLoadException([$"Function '{function}': setting '{name}' is neither a storage connection string nor a section with queueServiceUri."]);
        }
    }

    private static Uri ServiceUri(IConfigurationSection section)
    {
        if ((section["queueServiceUri"] ?? section["serviceUri"]) is { } uri) return new Uri(uri, UriKind.Absolute);
        return section["accountName"] is { Length: > 0 } account
            ? new Uri($"https://{account}.queue.core.windows.net")
            : throw new FormatException("no service address");
    }
}
