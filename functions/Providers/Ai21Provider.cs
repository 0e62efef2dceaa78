using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Providers;

/// <summary>AI21's Jamba models: <c>POST {base}/studio/v1/chat/completions</c>, OpenAI's wire. A completion is asked as one user turn: the service has no other.</summary>
/// <param name="name"><c>ai21</c>, or <c>ai21labs</c> as MLflow AI Gateway calls it.</param>
public sealed class Ai21Provider(UpstreamHttp http, string name) : VendorProvider(name, new Uri("https://api.ai21.com"))
{
    private static readonly string[] Completions = ["temperature", "top_p", "max_tokens", "stop", "n"];
    private static readonly string[] Chat = [.. Completions, "tools", "tool_choice", "response_format"];

    public override IReadOnlyList<ConfigField> Config { get; } = [ConfigField.Key($"{name}_api_key"), ConfigField.ApiBase($"{name}_api_base")];

    public override ProviderAbilities Abilities { get; } = ProviderAbilities.Of(Chat, Completions);

    public override IAsyncEnumerable<AnswerEvent> GenerateAsync(ProviderTarget target, Generation generation, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(generation);
        var dialect = new OpenAiDialect { Model = target.Model, HasStreamOptions = false };
        KeyValuePair<string, string>[] headers = target.Key is { } key ? [new("Authorization", UpstreamHttp.Bearer(key)!)] : [];
        return OpenAiWire.GenerateAsync(http, target.At("studio/v1/chat/completions"), headers, target.Model, ChatForm.Of(generation), dialect, null, cancellationToken);
    }
}
