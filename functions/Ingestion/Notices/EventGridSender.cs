using Azure;
using Azure.Core;
using Azure.Identity;
using Azure.Messaging;
using Azure.Messaging.EventGrid;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Ingestion.Notices;

/// <summary>Tells a custom topic of Event Grid, as CloudEvents 1.0.</summary>
public sealed class EventGridSender(NoticeOptions options, IServiceProvider services, ILogger<EventGridSender> logger)
{
    private readonly Lazy<EventGridPublisherClient?> _client = new(() => options.Topic is null
        ? null
        : new EventGridPublisherClient(
            options.Topic, services.GetService<TokenCredential>() ?? new DefaultAzureCredential(), AzureClients.WithTransport(services, new EventGridPublisherClientOptions())));

    /// <returns>False where there is no topic.</returns>
    /// <exception cref="NoticeException">It was not taken.</exception>
    public async Task<bool> SendAsync(Notice notice, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(notice);
        if (_client.Value is not { } client) return false;
        try
        {
            await client.SendEventAsync(EventOf(notice), cancellationToken);
            return true;
        }
        catch (Exception failure) when (failure is RequestFailedException or AuthenticationFailedException)
        {
            var status = (failure as RequestFailedException)?.Status ?? 0;
            NoticeLog.EventRefused(logger, notice.Id, notice.Type, status);
            throw new NoticeException($"Event Grid answered {status}.");
        }
    }

    internal static CloudEvent EventOf(Notice notice) => new($"/serverless/collections/{notice.Collection}", $"Serverless.{notice.Type}", NoticeBody.DataOf(notice))
    {
        Id = notice.Id,
        Time = notice.At,
        Subject = notice.Document is null ? notice.Collection : $"{notice.Collection}/{notice.Document}",
    };
}
