using Microsoft.Extensions.Configuration;
using Serverless.Functions.Clients;

namespace Serverless.Functions.WebChat;

/// <summary>Whether the app serves the web page, and how its readers sign in.</summary>
public sealed record WebChatOptions
{
    /// <summary><c>WebChat:Enabled</c>: whether the page is served at <c>/web-chat/</c>. Default true: it holds nothing that a key would protect.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>What the page needs to sign somebody in; null where it only takes a key.</summary>
    public WebChatSignIn? SignIn { get; init; }

    /// <exception cref="InvalidOperationException">A setting is out of its range, or lacks another; the message names the key and what is permitted.</exception>
    public static WebChatOptions From(IConfiguration configuration, EntraOptions entra)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(entra);
        var (enabled, client) = (configuration["WebChat:Enabled"], configuration["WebChat:ClientId"]);
        var options = new WebChatOptions();
        if (!string.IsNullOrEmpty(enabled)) options = options with { Enabled = bool.TryParse(enabled, out var on) ? on : throw new InvalidOperationException("Setting 'WebChat:Enabled' must be true or false.") };
        if (string.IsNullOrEmpty(client)) return options;
        if (!Guid.TryParseExact(client, "D", out var id)) throw new InvalidOperationException("Setting 'WebChat:ClientId' must be the application (client) id of the page's registration, a GUID.");
        if (!entra.IsOn) throw new InvalidOperationException("Setting 'WebChat:ClientId' needs 'Entra:TenantId' and 'Entra:Audience': whose tokens are taken, and what they are for.");
        return options with { SignIn = new WebChatSignIn(entra.Authority, id.ToString("D"), [$"{entra.Audiences[0]}/.default"]) };
    }
}
