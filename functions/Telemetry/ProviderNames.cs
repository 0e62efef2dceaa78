namespace Serverless.Functions.Telemetry;

/// <summary>Providers' names as the GenAI conventions' <c>gen_ai.provider.name</c> lists them; one that they do not list keeps its own.</summary>
internal static class ProviderNames
{
    public static string Of(string provider) => provider switch
    {
        "azure-openai" => "azure.ai.openai",
        "bedrock" => "aws.bedrock",
        "gemini" => "gcp.gemini",
        "ai21labs" => "ai21",
        _ => provider,
    };
}
