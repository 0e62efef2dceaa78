namespace Serverless.Functions.Providers;

/// <summary>A field of a provider's block in a route.</summary>
/// <param name="Name">As MLflow AI Gateway calls it, for example <c>openai_api_key</c>.</param>
/// <param name="Choices">The values that are permitted; null for any word.</param>
public sealed record ConfigField(string Name, ConfigFieldKind Kind, bool IsRequired = false, IReadOnlyList<string>? Choices = null)
{
    public static ConfigField Key(string name, bool required = false) => new(name, ConfigFieldKind.Key, required);

    public static ConfigField ApiBase(string name, bool required = false) => new(name, ConfigFieldKind.ApiBase, required);

    public static ConfigField Word(string name, bool required = false, params string[] choices) => new(name, ConfigFieldKind.Word, required, choices.Length > 0 ? choices : null);
}
