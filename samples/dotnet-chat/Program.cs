// Asks a route of the gateway over SignalR and prints the answer as it is written, then the passages it rests on.
using Azure.Core;
using Azure.Identity;
using Serverless.Samples.DotNetChat;

const string Usage = "usage: dotnet run --project samples/dotnet-chat -- [--gateway URL] [--route NAME] [--key KEY | --scope SCOPE] QUESTION";
string? gateway = null, route = null, key = null, scope = null, question = null;
for (var i = 0; i < args.Length; i++)
{
    string? Value() => ++i < args.Length ? args[i] : null;
    switch (args[i])
    {
        case "--gateway": gateway = Value(); break;
        case "--route": route = Value(); break;
        case "--key": key = Value(); break;
        case "--scope": scope = Value(); break;
        default: question = args[i]; break;
    }
}

if (question is null || question.StartsWith("--", StringComparison.Ordinal))
{
    Console.Error.WriteLine(Usage);
    return 2;
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};

// A managed identity, a developer's own sign-in or what else DefaultAzureCredential finds; a token is kept until it ends.
var identity = scope is null ? null : new DefaultAzureCredential();
async ValueTask<string?> CredentialAsync(CancellationToken cancellationToken) =>
    identity is null ? key : (await identity.GetTokenAsync(new TokenRequestContext([scope!]), cancellationToken)).Token;

using var http = new HttpClient { BaseAddress = new Uri((gateway ?? "http://localhost:7071").TrimEnd('/') + "/") };
try
{
    await using var connection = await GatewayConnection.OpenAsync(http, CredentialAsync, stop.Token);
    await foreach (var message in connection.AskAsync(route ?? "gardening", question, stop.Token))
    {
        Console.Write(message.Text);
        if (message.Text is not null) continue;
        Console.WriteLine();
        foreach (var (number, citation) in (message.Citations ?? []).Index())
            Console.WriteLine($"  [{number + 1}] {citation.Document}{(citation.Heading is null ? "" : $" > {citation.Heading}")}{(citation.Page is null ? "" : $", page {citation.Page}")}");
    }

    return 0;
}
catch (GatewayRefusal refused)
{
    Console.Error.WriteLine($"{refused.Message} ({refused.Code})");
    return 1;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    return 130;
}
