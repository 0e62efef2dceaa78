namespace Serverless.Functions.Providers;

/// <summary>Azure OpenAI's addresses: deployments with a version, or its version-less v1.</summary>
internal static class AzureOpenAiWire
{
    public static bool Applies(ProviderTarget target) => target.Setting("openai_api_type") is "azure" or "azuread";

    public static Uri At(ProviderTarget target, string? deployment, string operation, string? version) =>
        target.At($"openai/deployments/{Uri.EscapeDataString(deployment ?? target.Model)}/{operation}?api-version={Uri.EscapeDataString(version!)}");
}
