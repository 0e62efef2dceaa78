using Microsoft.Extensions.Logging;
using Serverless.Functions.Ingestion.Collections;
using Serverless.Functions.Providers;
using Serverless.Functions.Secrets;

namespace Serverless.Functions.Ingestion.Notices;

/// <summary>Tells a collection's webhook, by the client that goes to permitted hosts only and follows no redirect.</summary>
public sealed class WebhookSender(CollectionStore collections, UpstreamHttp http, OutboundHosts hosts, SecretCache secrets, TimeProvider time, ILogger<WebhookSender> logger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <returns>False where there is nobody to be told.</returns>
    /// <exception cref="NoticeException">It was not taken.</exception>
    public async Task<bool> SendAsync(Notice notice, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(notice);
        // As it is now: a webhook that was changed or removed since is.
        if ((await collections.FindConfiguredAsync(notice.Collection, cancellationToken))?.Webhook is not { } webhook) return false;
        if (hosts.WhyNot(webhook.Url) is not null)
        {
            NoticeLog.Dropped(logger, notice.Id, notice.Type);
            return false;
        }

        var secret = await secrets.GetAsync(webhook.Secret, cancellationToken) ?? throw new NoticeException("The webhook's secret is not in Key Vault.");
        var body = NoticeBody.Write(notice);
        using var patience = new CancellationTokenSource(Patience, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        try
        {
            using var response = await http.SendAsync(HttpMethod.Post, webhook.Url, body, WebhookSignature.Headers(secret, notice.Id, time.GetUtcNow(), body), linked.Token);
            return true;
        }
        catch (UpstreamException gone) when (gone.Status == 410)
        {
            NoticeLog.Dropped(logger, notice.Id, notice.Type);
            return false;
        }
        catch (UpstreamException failure)
        {
            NoticeLog.Refused(logger, notice.Id, notice.Type, failure.Status);
            throw new NoticeException($"The webhook answered {failure.Status}.");
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            NoticeLog.Refused(logger, notice.Id, notice.Type, 0);
            throw new NoticeException("The webhook did not answer in time.");
        }
    }
}
