using System.Security.Cryptography;
using System.Text;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;
using Serverless.Functions.Providers;
using Serverless.Functions.Secrets;

namespace Serverless.Functions.Ingestion.Notices;

/// <summary>Reads a collection's <c>webhook</c> block and keeps its secret.</summary>
public sealed class WebhookSettings(OutboundHosts hosts, ISecretVault vault)
{
    /// <param name="fields">The block; null: no webhook.</param>
    /// <param name="before">What the collection had.</param>
    /// <returns>The webhook, and the secret where one was made here: it is shown once.</returns>
    /// <exception cref="GatewayException">A field is at fault; it is named.</exception>
    public async Task<(CollectionWebhook? Webhook, SecretText? Made)> ReadAsync(JsonFields? fields, string collection, CollectionWebhook? before, CancellationToken cancellationToken)
    {
        if (fields is null) return (null, null);
        var url = ReadUrl(fields.RequiredString("url", 2000));
        var given = fields.OptionalString("secret", 200);
        fields.RejectUnknown();
        if (given is not null && WebhookSignature.WhyNot(given) is { } reason) throw GatewayException.Invalid("webhook.secret", $"'webhook.secret' {reason}.");
        if (given is null && before is not null) return (before with { Url = url }, null);
        var secret = given is null ? WebhookSignature.NewSecret() : new SecretText(given);
        var reference = await vault.SetAsync(before?.Secret.Name ?? NameOf(collection), secret, cancellationToken);
        return (new CollectionWebhook(url, reference), given is null ? secret : null);
    }

    private Uri ReadUrl(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.Fragment.Length > 0 || url.UserInfo.Length > 0)
            throw GatewayException.Invalid("webhook.url", "'webhook.url' must be an absolute http or https URL without a user.");
        return hosts.WhyNot(url) is { } reason ? throw GatewayException.Invalid("webhook.url", $"'webhook.url' {reason}", "host_not_allowed") : url;
    }

    // Key Vault takes letters, digits and '-' only.
    private static string NameOf(string collection) => $"webhook-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(collection)))[..32]}";
}
