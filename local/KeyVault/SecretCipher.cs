using System.Security.Cryptography;
using System.Text;
using Serverless.Local.CommandLine;

namespace Serverless.Local.KeyVault;

/// <summary>AES-256-GCM under a key file of mode 0600, so that no value lies in clear on disk. Layout: nonce (12), tag (16), cipher text.</summary>
internal sealed class SecretCipher : IDisposable
{
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int KeyBytes = 32;

    private readonly AesGcm _aes;

    private SecretCipher(byte[] key)
    {
        _aes = new AesGcm(key, TagBytes);
        CryptographicOperations.ZeroMemory(key);
    }

    /// <param name="mayCreate">False when values exist that a new key could not read.</param>
    /// <exception cref="LocalException">The key file is missing or damaged.</exception>
    public static SecretCipher Open(string path, bool mayCreate)
    {
        if (!File.Exists(path))
        {
            if (!mayCreate)
                throw new LocalException($"{path} is missing: the secrets beside it cannot be read without it. Put back a copy of it, or start with --fresh to begin anew.");
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using var file = new FileStream(path, options);
            file.Write(RandomNumberGenerator.GetBytes(KeyBytes));
            file.Flush(flushToDisk: true);
        }

        var key = File.ReadAllBytes(path);
        return key.Length == KeyBytes ? new SecretCipher(key) : throw new LocalException($"{path} is damaged: it must have {KeyBytes} bytes and has {key.Length}. Put back a copy of it, or start with --fresh to begin anew.");
    }

    /// <param name="context">What the value belongs to; a value moved elsewhere does not decrypt.</param>
    public byte[] Encrypt(ReadOnlySpan<byte> clear, string context)
    {
        var sealedBytes = new byte[NonceBytes + TagBytes + clear.Length];
        RandomNumberGenerator.Fill(sealedBytes.AsSpan(0, NonceBytes));
        _aes.Encrypt(sealedBytes.AsSpan(0, NonceBytes), clear, sealedBytes.AsSpan(NonceBytes + TagBytes), sealedBytes.AsSpan(NonceBytes, TagBytes), Encoding.UTF8.GetBytes(context));
        return sealedBytes;
    }

    /// <exception cref="CryptographicException">Not encrypted under this key and context.</exception>
    public byte[] Decrypt(ReadOnlySpan<byte> sealedBytes, string context)
    {
        if (sealedBytes.Length < NonceBytes + TagBytes)
            throw new CryptographicException("Too short.");
        var clear = new byte[sealedBytes.Length - NonceBytes - TagBytes];
        _aes.Decrypt(sealedBytes[..NonceBytes], sealedBytes[(NonceBytes + TagBytes)..], sealedBytes.Slice(NonceBytes, TagBytes), clear, Encoding.UTF8.GetBytes(context));
        return clear;
    }

    public void Dispose() => _aes.Dispose();
}
