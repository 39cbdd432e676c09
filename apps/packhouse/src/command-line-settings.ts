import { defineSettings, setting } from '@packhouse/config';
import { z } from 'zod';

/** How the command line signs in to a running instance; the server does not read these. */
export const commandLineSettings = defineSettings('Command line', {
  token: setting(
    'PACKHOUSE_TOKEN',
    z.string().optional(),
    'Access token that the commands for accounts use.',
    {
      secret: true,
    },
  ),
  login: setting(
    'PACKHOUSE_LOGIN',
    z.string().optional(),
    'Login that these commands use when there is no token.',
  ),
  password: setting(
    'PACKHOUSE_PASSWORD',
    z.string().optional(),
    'Password of that login. Unset: it is asked for.',
    {
      secret: true,
    },
  ),
});
