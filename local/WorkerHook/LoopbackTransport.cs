using Azure.Core.Pipeline;

namespace Serverless.Local.Loopback;

/// <summary>
/// The transport that lets production code talk to this machine's emulators with the real SDK clients: requests to
/// <c>https://{x}.search.windows.net</c> and <c>https://{x}.vault.azure.net</c> go to loopback, with their Host header unchanged;
/// every other request goes where it says.
/// </summary>
/// <remarks>The SDKs refuse plain http for Search and Key Vault; below the transport they no longer look.</remarks>
public sealed class LoopbackTransport : HttpClientTransport
{
    /// <param name="search">Where the AI Search emulator listens, for example <c>http://127.0.0.1:5081</c>.</param>
    /// <param name="keyVault">Where the Key Vault emulator listens.</param>
    /// <exception cref="ArgumentException">An address is not on loopback.</exception>
    public LoopbackTransport(Uri search, Uri keyVault)
        : base(CreateClient(search, keyVault))
    {
    }

    private static HttpClient CreateClient(Uri search, Uri keyVault)
    {
        var handler = new LoopbackHandler([(".search.windows.net", search), (".vault.azure.net", keyVault)]);

        // The SDK's own network timeout applies; a second one here would cut long bodies.
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }
}
