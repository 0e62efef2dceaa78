using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Internal;

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

    private sealed class Clock(TimeProvider time) : ISystemClock
    {
        public DateTimeOffset UtcNow => time.GetUtcNow();
    }
}
