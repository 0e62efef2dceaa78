using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.IdentityModel.Protocols;

namespace Serverless.Functions.Clients;

/// <summary>Registers what takes tokens of Microsoft Entra ID. An <see cref="IDocumentRetriever"/> registered before is used for the tenant's metadata.</summary>
internal static class EntraServices
{
    private const int MaxMetadataBytes = 1024 * 1024;

    public static IServiceCollection AddEntra(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton<IDocumentRetriever>(_ => new HttpDocumentRetriever(
            new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(5), PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
            {
                Timeout = TimeSpan.FromSeconds(10),
                MaxResponseContentBufferSize = MaxMetadataBytes,
            })
        {
            RequireHttps = true,
        });
        return services
            .AddSingleton(EntraOptions.From(configuration))
            .AddSingleton<EntraKeys>()
            .AddSingleton<EntraAuthenticator>();
    }
}
