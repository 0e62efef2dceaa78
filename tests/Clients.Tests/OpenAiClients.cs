using System.ClientModel;
using System.ClientModel.Primitives;
using Azure.AI.OpenAI;
using OpenAI;

namespace Serverless.Clients.Tests;

/// <summary>The clients of OpenAI's API for .NET, each as its users make it, with the gateway's address in place of the service's and nothing else changed.</summary>
internal static class OpenAiClients
{
    public const string OpenAi = "OpenAI";
    public const string Azure = "Azure OpenAI, deployments";
    public const string AzureV1 = "Azure OpenAI, v1";

    /// <param name="retries">How often the client tries again by itself.</param>
    public static OpenAIClient Connect(string kind, Uri address, string key, int retries = 0)
    {
        var (credential, policy) = (new ApiKeyCredential(key), new ClientRetryPolicy(retries));
        return kind switch
        {
            OpenAi => new OpenAIClient(credential, new OpenAIClientOptions { Endpoint = new Uri(address, "v1"), RetryPolicy = policy }),
            Azure => new AzureOpenAIClient(address, credential, new AzureOpenAIClientOptions { RetryPolicy = policy }),
            AzureV1 => new OpenAIClient(credential, new OpenAIClientOptions { Endpoint = new Uri(address, "openai/v1/"), RetryPolicy = policy }),
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };
    }
}
