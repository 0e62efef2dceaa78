using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Internal;
using Serverless.Contracts;

namespace Serverless.Functions.Caching;

internal static class CachingServices
{
    /// <exception cref="InvalidOperationException">A setting is out of its range.</exception>
    public static IServiceCollection AddResponseCache(this IServiceCollection services, IConfiguration configuration)
    {
        var options = CacheOptions.From(configuration);
        services.AddMemoryCache();
        services.AddOptions<MemoryCacheOptions>().Configure<TimeProvider>((memory, time) =>
        {
            memory.SizeLimit = options.MaxBytes;
            memory.Clock = new Clock(time);
        });
        services.AddHybridCache(cache => (cache.MaximumPayloadBytes, cache.MaximumKeyLength, cache.DisableCompression) = (CacheOptions.MaxAnswerBytes, 128, true));
        return services.AddSingleton<ResponseCache>().AddSingleton<CachedAnswers>().AddSingleton<CachedEmbeddings>();
    }

    /// <summary>The date that it was at first, going on steadily: a cache goes by how long something has been in it.</summary>
    private sealed class Clock(TimeProvider time) : ISystemClock
    {
        private readonly DateTimeOffset _origin = time.GetUtcNow() - time.GetSteadyNow();

        public DateTimeOffset UtcNow => _origin + time.GetSteadyNow();
    }
}
