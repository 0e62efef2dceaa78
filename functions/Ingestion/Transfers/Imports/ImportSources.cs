using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Serverless.Contracts;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;
using Serverless.Functions.Providers;

namespace Serverless.Functions.Ingestion.Transfers.Imports;

/// <summary>
/// Which containers may be imported from, and clients to them. The app reads with its own identity what the caller might not, so the app's own containers are nobody's, other containers an
/// operator's and those that setting <c>Ingestion:ImportContainers</c> names every writer's.
/// </summary>
/// <param name="clients">The client that connects to permitted hosts only and follows no redirect (<see cref="OutboundHosts"/>).</param>
public sealed class ImportSources(BlobServiceClient own, OutboundHosts hosts, TokenCredential credential, IHttpClientFactory clients, IOptions<IngestionOptions> options)
{
    private const int MaxUri = 500;

    // Azure's clouds, and accounts with DNS zone endpoints. The app's token goes to the storage service and nobody else.
    private static readonly string[] BlobHosts = [".blob.core.windows.net", ".blob.storage.azure.net", ".blob.core.usgovcloudapi.net", ".blob.core.chinacloudapi.cn"];

    /// <summary>Reads <c>container</c>, of the app's own storage account, or <c>uri</c>, a container's address in another.</summary>
    /// <exception cref="GatewayException">400 naming the field; 403 where the caller may not import from there.</exception>
    public ImportSource Read(JsonFields fields, Caller caller)
    {
        ArgumentNullException.ThrowIfNull(fields);
        ArgumentNullException.ThrowIfNull(caller);
        var container = fields.OptionalString("container", 63);
        var uri = fields.OptionalString("uri", MaxUri);
        if (container is null == uri is null) throw GatewayException.Invalid("container", "One of 'container', of this storage account, and 'uri', of a container in another, is required.", "missing_field");
        var source = container is not null ? new ImportSource(container) : ReadUri(uri!);
        var field = container is not null ? "container" : "uri";
        if (source.Account is null && AppContainers.WhyNot(source.Container) is { } reason) throw GatewayException.Invalid(field, $"'{field}' cannot be imported from: {reason}.");
        if (caller.IsOperator || (source.Account is null && Listed().Contains(source.Container, StringComparer.Ordinal))) return source;
        throw new GatewayException(
            StatusCodes.Status403Forbidden,
            new ErrorDetail("container_not_permitted", "Only an operator may import from a container that setting 'Ingestion:ImportContainers' does not list.", "permission_error", field));
    }

    /// <summary>A client to a source, and the address that names it.</summary>
    public BlobContainerClient Open(ImportSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (source.Account is not { } account) return own.GetBlobContainerClient(source.Container);
        // Once more, since the settings may have changed since it was asked for.
        if (WhyNot(account) is { } reason) throw new TransferRefusedException("host_not_allowed", $"'uri' {reason}");
        var client = new BlobClientOptions { Transport = new HttpClientTransport(clients.CreateClient(UpstreamHttp.ClientName)) };
        client.Diagnostics.IsLoggingContentEnabled = false;
        client.Diagnostics.IsLoggingEnabled = false;
        return new BlobServiceClient(account, credential, client).GetBlobContainerClient(source.Container);
    }

    private ImportSource ReadUri(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme != Uri.UriSchemeHttps || uri.Query.Length > 0 || uri.Fragment.Length > 0 || uri.UserInfo.Length > 0)
            throw GatewayException.Invalid("uri", "'uri' must be the https address of a container without a query: it is read with the app's identity, and no signature belongs in a request.");
        if (uri.Segments is not ["/", var name] || AppContainers.WhyNot(name.TrimEnd('/')) is { } && !AppContainers.IsOwn(name.TrimEnd('/')))
            throw GatewayException.Invalid("uri", "'uri' must name a container and nothing in it: https://{account}.blob.core.windows.net/{container}.");
        var account = new Uri(uri.GetLeftPart(UriPartial.Authority));
        if (account.GetLeftPart(UriPartial.Authority).Equals(own.Uri.GetLeftPart(UriPartial.Authority), StringComparison.OrdinalIgnoreCase)) return new ImportSource(name.TrimEnd('/'));
        if (WhyNot(account) is { } reason) throw GatewayException.Invalid("uri", $"'uri' {reason}", "host_not_allowed");
        return new ImportSource(name.TrimEnd('/'), account);
    }

    private string? WhyNot(Uri account) =>
        !account.IsDefaultPort || !BlobHosts.Any(suffix => account.IdnHost.EndsWith(suffix, StringComparison.OrdinalIgnoreCase) && account.IdnHost.Length > suffix.Length)
            ? $"must be on the blob service of an Azure storage account: a host that ends with {string.Join(", ", BlobHosts)}."
            : hosts.WhyNot(account);

    private string[] Listed() => (options.Value.ImportContainers ?? string.Empty).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
