using System.Security.Cryptography;
using Serverless.Local.CommandLine;

namespace Serverless.Local.Stack;

/// <summary>
/// The keys that the emulators ask for, chosen once for each data folder: a saved connection outlives a restart, and another program of this machine
/// cannot guess them. Hexadecimal, 64 characters each.
/// </summary>
internal sealed record EmulatorKeys(string BearerToken, string SearchAdminKey, string SignalRAccessKey)
{
    private const int Bytes = 32;

    /// <exception cref="LocalException">A file does not hold a key; it is named.</exception>
    public static EmulatorKeys Open(DataDirectory data)
    {
        return new(Key("keyvault", "token.txt"), Key("search", "admin-key.txt"), Key("signalr", "access-key.txt"));

        string Key(string folder, string file)
        {
            PrivateFiles.CreateFolder(data[folder]);
            return PrivateFiles.ReadOrCreate(Path.Combine(data[folder], file), () => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Bytes)), IsKey);
        }
    }

    /// <summary>The keys never reach a log by way of ToString.</summary>
    public override string ToString() => nameof(EmulatorKeys);

    private static bool IsKey(string text) => text.Length == 2 * Bytes && text.All(char.IsAsciiHexDigitLower);
}
